/**
 * What Millrace's topics look like to everyone who reads or writes them: the registry's client and wire format, serdes,
 * the Connect converter, the partition function of keys, and the order of changes.
 *
 * <p>Read {@link io.millrace.schemas.WireFormat} first (how bytes name their schema), then {@link
 * io.millrace.schemas.KeyPartition} (which partition a key belongs to) and {@link io.millrace.schemas.ChangePosition}
 * (which of two changes of a row is the newer).
 */
package io.millrace.schemas;
