/** What the registry tells about itself; pino's loggers fit. */
export interface RegistryLog {
  error(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
}
