/** Begins. */

import { embedded } from "./model/data.ts";
import { Viewer } from "./view/viewer.ts";

void embedded().then((page) => new Viewer(page).start());
