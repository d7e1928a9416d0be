// Makes the page of a group live. The page is right without it: what the server sent stays where the script cannot run.
import type { PageData } from './data/answer';
import { ResultPage } from './result.page';
import { byId } from './view/dom';
import { closeMenusOutside, copyButton } from './view/menus';

const data = JSON.parse(byId('result').textContent) as PageData;
closeMenusOutside();
copyButton(byId<HTMLButtonElement>('copy'), `${location.origin}/${data.taskgroup_id}`);
new ResultPage(data).start();
