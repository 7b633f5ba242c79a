/**
 * The operators of incremental views, pure: deltas in, deltas out, over a {@link io.millrace.operator.State}; no Kafka in
 * sight. One operator, one class; a {@link io.millrace.operator.Circuit} runs those of one stage in step. The theory is
 * DBSP (Budiu et al., VLDB 2023): linear operators need no state; joins and aggregates keep arrangements.
 */
package io.millrace.operator;
