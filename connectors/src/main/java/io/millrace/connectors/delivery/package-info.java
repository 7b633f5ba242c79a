/**
 * How records reach a target that may fail, the same for every sink.
 *
 * <p>A sink gives its batches to {@link io.millrace.connectors.delivery.Bisection}, which writes them to a {@link
 * io.millrace.connectors.delivery.Target} and says of each failure what it means ({@link
 * io.millrace.connectors.delivery.FailureKind}): one that may pass is tried again as {@link
 * io.millrace.connectors.delivery.RetryPolicy} says ({@link io.millrace.connectors.delivery.Retries}); a record that is at fault
 * is found by halving its batch and goes to the {@link io.millrace.connectors.delivery.DeadLetters}, unless too many do and
 * the {@link io.millrace.connectors.delivery.Breaker} holds it back.
 */
package io.millrace.connectors.delivery;
