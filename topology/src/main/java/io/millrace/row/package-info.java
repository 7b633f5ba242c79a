/**
 * Rows in memory and on the wire: {@link io.millrace.row.Row}, {@link io.millrace.row.Delta} (a Z-set change), the
 * order-preserving key codec and the value codec.
 */
package io.millrace.row;
