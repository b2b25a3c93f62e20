// Photos that are not sent yet, kept in this browser. Where it keeps nothing, they are just not kept.
"use strict";

const drafts = (() => {
  const opened = new Promise((resolve, reject) => {
    const request = indexedDB.open("skinscreen", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("drafts", { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

  async function run(mode, act) {
    try {
      const transaction = (await opened).transaction("drafts", mode);
      const request = act(transaction.objectStore("drafts"));
      return await new Promise((resolve, reject) => {
        transaction.oncomplete = () => resolve(request.result);
        transaction.onabort = () => reject(transaction.error);
      });
    } catch (error) {
      console.warn("This browser keeps no photos:", error);
      return undefined;
    }
  }

  return {
    all: async () => (await run("readonly", (store) => store.getAll())) ?? [],
    keep: (draft) => run("readwrite", (store) => store.put(draft)),
    drop: (key) => run("readwrite", (store) => store.delete(key)),
  };
})();
