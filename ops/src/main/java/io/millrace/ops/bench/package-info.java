/**
 * The benchmarks of the whole way. Each measures Millrace and a peer or a limit in one run on the same data and prints the
 * ratio, since figures of different runs and machines do not compare. {@code ops/bench/run} starts them;
 * docs/benchmarks.md holds what they gave.
 */
package io.millrace.ops.bench;
