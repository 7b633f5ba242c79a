package io.millrace.sink.compare;

import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/**
 * One side of a comparison. Rows lie in ranges of their keys' digests, not of the keys themselves: databases need not agree on
 * the order of texts, and digests part rows evenly whatever the keys are. A range is named by the beginning of its digests.
 */
public interface ComparedRows {
    /**
     * Checksums of the narrower ranges within some.
     *
     * @param digits how many digits name a narrower range
     * @param ranges the ranges to look into, all named by as many digits; the empty name is all rows
     * @return by name; ranges without rows may be missing
     */
    Map<String, Checksum> checksums(int digits, Collection<String> ranges) throws SQLException;

    /** The rows of ranges, all named by as many digits. */
    List<ComparedRow> rows(Collection<String> ranges) throws SQLException;
}
