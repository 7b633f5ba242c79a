/**
 * Dead letters after they were set aside: {@link io.millrace.deadletter.DeadLetterTopic} says where they are,
 * {@link io.millrace.deadletter.DeadLetterReader} reads them, {@link io.millrace.deadletter.Audit} knows what became of them,
 * {@link io.millrace.deadletter.Replay} sends them again, those of sinks by {@code SinkReplay}, and {@link io.millrace.deadletter.Discard} puts them off. {@link
 * io.millrace.deadletter.DeadLetterWatch} sees how many are open.
 */
package io.millrace.deadletter;
