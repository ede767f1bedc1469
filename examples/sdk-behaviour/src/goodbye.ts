/** Where an application says that it is done. Idle connections are closed then, for they would hold its process. */
export const GOODBYE_PATH = '/goodbye';
