// The studio: the group's own SQLite file, opened in this browser. What is asked here, no server is asked.
import { byId } from '../page/view/dom';
import { Studio, type StudioData } from './studio';

const data = JSON.parse(byId('studio').textContent) as StudioData;
void new Studio(data).start();
