// What pages and the service worker share: the device's store, its seal, and the sending. The
// service worker imports the same file, so that a phone loads it once.
export * from "./crypto";
export * from "./outbox";
export * from "./paths";
export * from "./store";
