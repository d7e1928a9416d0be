import { MemorySecretStore } from './memory.secret.store';
import { describeSecretStore } from './secret.store.contract';

describeSecretStore('MemorySecretStore', async () => new MemorySecretStore());
