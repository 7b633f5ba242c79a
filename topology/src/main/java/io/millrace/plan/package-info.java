/**
 * From relational algebra to an incremental plan: {@link io.millrace.plan.PlanNode}s (operators, arrangements, exchanges)
 * over {@link io.millrace.plan.Expression}s. A plan is immutable data that prints itself ({@code explain}); it knows keys
 * (by functional dependencies) and partitioning, but neither Kafka nor state.
 */
package io.millrace.plan;
