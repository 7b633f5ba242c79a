/** What aggregates accumulate: counts and sums from which a value can be taken away again as it was added. */
package io.millrace.operator.aggregate;
