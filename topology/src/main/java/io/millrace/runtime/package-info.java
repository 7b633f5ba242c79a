/**
 * Binds a plan to Kafka Streams. {@link io.millrace.runtime.TopologyBuilder} makes one processor of each stage, with the
 * topics it reads and writes and the stores it keeps; {@link io.millrace.runtime.StageProcessor} decodes records and feeds
 * the operators' circuit; {@link io.millrace.runtime.MillraceApplication} starts and stops it all;
 * {@link io.millrace.runtime.ViewQueries} and {@link io.millrace.runtime.ViewChanges} are how views are read.
 */
package io.millrace.runtime;
