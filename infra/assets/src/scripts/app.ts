import { startComponents } from "./components";
import { startOffline } from "./offline";

startComponents();
void startOffline();
