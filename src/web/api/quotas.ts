/** Requests a minute: for one token, and for one address without any. */
export const QUOTA = { token: 600, everyone: 300 } as const
export const WINDOW_SECONDS = 60

/** Entries of a list that come at once: unless told otherwise, and at most. */
export const DEFAULT = 100
export const MOST = 500

/** Characters in one filter. */
export const LONGEST = 200
