// @ts-check
/** Photos that wait for the network, kept in IndexedDB; where the browser refuses that, in memory only. */

const DATABASE = 'ntd-chat';
const STORE = 'photos';

/** @type {Map<string, File[]>} */
const inMemory = new Map();

/**
 * @param {string} id
 * @param {File[]} files
 */
export async function keepPhotos(id, files) {
  inMemory.set(id, files);
  try {
    await run('readwrite', (store) => store.put(files, id));
  } catch (error) {
    console.warn('photos are kept in memory only', error);
  }
}

/**
 * @param {string} id
 * @returns {Promise<File[] | undefined>}
 */
export async function readPhotos(id) {
  if (inMemory.has(id)) return inMemory.get(id);
  try {
    return await run('readonly', (store) => store.get(id));
  } catch {
    return undefined;
  }
}

/** @param {string} id */
export async function dropPhotos(id) {
  inMemory.delete(id);
  try {
    await run('readwrite', (store) => store.delete(id));
  } catch {
    // Nothing was kept there.
  }
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T>}
 */
async function run(mode, work) {
  const database = await open();
  try {
    return await answer(work(database.transaction(STORE, mode).objectStore(STORE)));
  } finally {
    database.close();
  }
}

/** @returns {Promise<IDBDatabase>} */
function open() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return answer(request);
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answer(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
