/** Begins. */

import { embedded } from "./data.ts";
import { Viewer } from "./viewer.ts";

void embedded().then((page) => new Viewer(page).start());
