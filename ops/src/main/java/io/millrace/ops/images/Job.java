package io.millrace.ops.images;

import java.util.Optional;
import org.apache.kafka.connect.sink.SinkRecord;

/**
 * A record of the queue with what a worker has made of it.
 *
 * @param record as it was read
 * @param upload the upload; empty where there is nothing to do, as of a deletion, and where the record cannot be read
 * @param rejection why it is set aside without an attempt; null if it is not
 */
record Job(SinkRecord record, Optional<Upload> upload, Exception rejection) {}
