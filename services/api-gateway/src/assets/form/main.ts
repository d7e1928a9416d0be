// Makes the form quicker to fill in: previews, checks, suggestions, estimates. The form works as it is where this cannot run.
import { byId } from './dom';
import { FormPage, type Settings } from './form.page';

new FormPage(JSON.parse(byId('settings').textContent) as Settings).start();
