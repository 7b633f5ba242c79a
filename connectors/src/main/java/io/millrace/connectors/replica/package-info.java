/**
 * Replicas: a Kafka Connect sink that keeps tables of PostgreSQL, MariaDB and MySQL equal to captured tables and to views.
 *
 * <p>A batch's way: {@link io.millrace.connectors.replica.ReplicaSinkTask} takes Connect's records, {@link
 * io.millrace.connectors.replica.ChangeReader} makes changes of them, {@link io.millrace.connectors.replica.BatchWriter}
 * applies them in one transaction together with their offsets ({@link io.millrace.connectors.replica.OffsetStore}). What a
 * captured row becomes is decided by {@link io.millrace.connectors.replica.KeyState} from what is known of its key ({@link
 * io.millrace.connectors.replica.RowMemory}). What happens when the database refuses is in {@link
 * io.millrace.connectors.delivery}.
 *
 * <p>What the databases differ in stands behind {@link io.millrace.connectors.replica.Dialect}. The classes named MySql are
 * MariaDB's too, those beside them without a name PostgreSQL's.
 */
package io.millrace.connectors.replica;
