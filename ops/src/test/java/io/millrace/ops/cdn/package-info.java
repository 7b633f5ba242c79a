/** Pages through a cache that is purged of what changes, end to end. */
package io.millrace.ops.cdn;
