// The groups of whoever has a key. The page itself knows nothing: it asks with the key that is entered.
import { GroupsPage } from './groups.page';

void new GroupsPage().start();
