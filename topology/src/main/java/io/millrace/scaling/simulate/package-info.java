/**
 * What a policy would have done: {@link io.millrace.scaling.simulate.Simulation} runs the topology itself, by Kafka Streams' own
 * TopologyTestDriver, over recorded load ({@link io.millrace.scaling.simulate.LoadFile}) and a model of each service
 * ({@code ModelledService}), and {@link io.millrace.scaling.simulate.SimulationReport} shows it beside its baselines.
 */
package io.millrace.scaling.simulate;
