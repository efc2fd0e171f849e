/** Another demo server has the data directory open. The message names the directory. */
export class DataInUseError extends Error {
  override readonly name = "DataInUseError"

  constructor(dataDir: string, cause: Error) {
    super(`Another demo server is using ${dataDir}: stop it, or choose another directory.`, { cause })
  }
}
