/** Window functions over the rows of one group in their order; pure, recomputed for a group that a change touches. */
package io.millrace.operator.window;
