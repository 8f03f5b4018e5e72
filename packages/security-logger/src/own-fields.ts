/**
 * Telling the fields of a line of this package from those of any other.
 *
 * @module
 */

const ownFields = new WeakSet<object>();

/**
 * Marks the fields of a line of this package: of a secure Logger too, they may have the names of the
 * Logger's own fields, because they tell the invocation that the line is about.
 */
export function own<Fields extends object>(fields: Fields): Fields {
  ownFields.add(fields);
  return fields;
}

/** Whether the fields of a record are those of a line of this package. */
export const isOwn = (fields: unknown): boolean => ownFields.has(fields as object);
