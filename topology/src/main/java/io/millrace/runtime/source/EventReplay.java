package io.millrace.runtime.source;

import io.millrace.schemas.ReplayHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.Headers;

/**
 * Has an event count once that was sent again from a dead-letter topic, though its topic holds it twice then. Others than the
 * application that set it aside may read the topic, now or from its beginning later, and to them the original may be an event:
 * to another pipeline that declares other columns, to a view that is built after a declaration was mended.
 *
 * <p>So a replay counts for the application that it is for. A mended one counts for others too, if they can read no value that
 * the event had before.
 */
public final class EventReplay {
    private EventReplay() {}

    /**
     * Whether an event is a row; true for all that were never sent again.
     *
     * @param application the reader's name; null for one that sets nothing aside
     * @param decoder the reader's
     */
    public static boolean counts(Headers headers, byte[] key, byte[] value, String application, SourceDecoder decoder) {
        Header addressee = headers.lastHeader(ReplayHeaders.APPLICATION);
        if (addressee == null
                || addressee.value() == null
                || new String(addressee.value(), StandardCharsets.UTF_8).equals(application)) {
            return true;
        }
        boolean mended = false;
        for (Header earlier : headers.headers(ReplayHeaders.INSTEAD_OF)) {
            if (Arrays.equals(earlier.value(), value) || isReadable(key, earlier.value(), decoder)) {
                return false;
            }
            mended = true;
        }
        return mended;
    }

    private static boolean isReadable(byte[] key, byte[] value, SourceDecoder decoder) {
        try {
            decoder.decode(key, value, 0, 0, 0);
            return true;
        } catch (SourceRecordError e) {
            return false;
        }
    }
}
