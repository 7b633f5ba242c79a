package io.millrace.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.kafka.common.errors.InvalidTxnStateException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.streams.errors.MissingSourceTopicException;
import org.apache.kafka.streams.errors.StreamsException;
import org.apache.kafka.streams.errors.StreamsUncaughtExceptionHandler.StreamThreadExceptionResponse;
import org.junit.jupiter.api.Test;

/** Which failures a new thread may mend, and which end the application. */
final class StreamsFailuresTest {
    private int restarts;
    private final StreamsFailures failures = new StreamsFailures(() -> restarts++);

    @Test
    void aBrokerThatDoesNotAnswerAndAProducerThatWasGivenUpAreNoEnd() {
        assertThat(failures.handle(new StreamsException("commit", new TimeoutException("EndTxn"))))
                .isEqualTo(StreamThreadExceptionResponse.REPLACE_THREAD);
        assertThat(failures.handle(new StreamsException("commit", new InvalidTxnStateException("invalid state"))))
                .isEqualTo(StreamThreadExceptionResponse.REPLACE_THREAD);
        assertThat(restarts).isEqualTo(2);
        assertThat(failures.fatal()).isNull();
    }

    @Test
    void whatAnotherTryWouldMeetAgainIs() {
        assertThat(failures.handle(new StreamsException("send", new RecordTooLargeException("20 MB"))))
                .isEqualTo(StreamThreadExceptionResponse.SHUTDOWN_CLIENT);
        assertThat(failures.handle(new MissingSourceTopicException("shop.users")))
                .isEqualTo(StreamThreadExceptionResponse.SHUTDOWN_CLIENT);
        assertThat(failures.fatal()).hasMessage("send");
    }
}
