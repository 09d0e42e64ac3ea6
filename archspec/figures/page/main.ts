/** Begins. */

import { readPage } from "./model/data.ts";
import { Viewer } from "./view/viewer.ts";

void readPage().then((page) => new Viewer(page).start());
