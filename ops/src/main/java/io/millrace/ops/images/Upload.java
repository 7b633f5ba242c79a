package io.millrace.ops.images;

/**
 * A row of {@code uploads}.
 *
 * @param id its key
 * @param object under which the picture's bytes are in the store
 * @param shard where the row lies, and where reports of it belong
 */
record Upload(long id, String object, String shard) {}
