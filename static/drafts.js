// Keeps photos and half-filled forms in this browser until they reach the server. A browser without
// storage keeps nothing. Signing out clears everything.
"use strict";

const STORES = { drafts: "key", forms: "key" };

function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("skinscreen", 2);
    request.onupgradeneeded = () => {
      const { result } = request;
      for (const [name, keyPath] of Object.entries(STORES))
        if (!result.objectStoreNames.contains(name)) result.createObjectStore(name, { keyPath });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("An older page is still open."));
  });
}

function browserStore(name) {
  // Opened each time: signing out in another tab deletes an open database.
  async function run(mode, act) {
    let database;
    try {
      database = await openDatabase();
      const transaction = database.transaction(name, mode);
      const request = act(transaction.objectStore(name));
      return await new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(transaction.error);
      });
    } catch (error) {
      console.warn("This browser keeps nothing:", error);
      return undefined;
    } finally {
      database?.close();
    }
  }

  return {
    all: async () => (await run("readonly", (store) => store.getAll())) ?? [],
    keep: (entry) => run("readwrite", (store) => store.put(entry)),
    drop: (key) => run("readwrite", (store) => store.delete(key)),
  };
}

const drafts = browserStore("drafts");
const unsavedForms = browserStore("forms");
