/** Several instances of a pipeline on a real broker, asked over HTTP. */
package io.millrace.ops.serve;
