/**
 * Capacity in step with load. Samples of metrics ({@link io.millrace.scaling.Sample}) go through a
 * {@link io.millrace.scaling.DecisionEngine}, one for each service of a policy file ({@link io.millrace.scaling.policy.PolicyFile}), which keeps a
 * {@link io.millrace.scaling.ServiceState} and answers with decisions ({@link io.millrace.scaling.Decision}). Samples are sealed into steps of
 * event time; at the end of each step every rule that is due says how many instances it demands ({@code Opinions}), and what follows from
 * that passes the forecast ({@code Forecast}), stabilization and limits of speed ({@code SpeedLimits}), schedules ({@code ScheduleClock}) and
 * the budget ({@code Budget}). {@link io.millrace.scaling.ScalingTopology} is that as a topology of Kafka Streams,
 * {@link io.millrace.scaling.ScalingApplication} runs it, and
 * {@link io.millrace.scaling.simulate.Simulation} runs it over recorded metrics.
 */
package io.millrace.scaling;
