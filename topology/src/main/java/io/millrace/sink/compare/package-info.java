/** Compares the rows of a sink's source with its target's by checksums of ranges of keys, so that equal rows stay where they are. */
package io.millrace.sink.compare;
