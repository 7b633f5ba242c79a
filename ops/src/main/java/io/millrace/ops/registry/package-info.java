/**
 * The development stack's schema registry: a small one that speaks Confluent's REST protocol, for none can be had as a
 * library. Production uses a real one through the same protocol.
 *
 * <p>{@link io.millrace.ops.registry.DevelopmentRegistry} answers HTTP, {@link io.millrace.ops.registry.Subjects} holds
 * the rules and what is registered, {@link io.millrace.ops.registry.SchemaLog} keeps it in the topic {@code _schemas}.
 */
package io.millrace.ops.registry;
