/**
 * What carries decisions on scaling out: an {@link io.millrace.scaling.execute.Executor} for each kind of place, a
 * {@link io.millrace.scaling.execute.Reconciler} that says from the decision that stands, from what was done and from what is there what
 * is to be done, an {@link io.millrace.scaling.execute.ExecutorRunner} that does it and keeps an account of it in a topic, and the addresses
 * at which KEDA and Prometheus ask.
 */
package io.millrace.scaling.execute;
