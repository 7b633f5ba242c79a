/** Tests of what is done about dead letters. */
package io.millrace.ops.deadletter;
