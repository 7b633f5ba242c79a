package io.millrace.ops.slt;

import io.millrace.catalog.SourcePlace;
import java.util.List;
import java.util.OptionalLong;

/** One record of a test file. Immutable. */
sealed interface SltRecord {
    /** Where it begins. */
    SourcePlace place();

    /**
     * A statement whose rows, if it has any, are not looked at.
     *
     * @param connection the session that it runs in
     * @param sql its text
     * @param sqlLine the line of the file at which the text begins
     * @param count how many rows it must change, where that is said
     * @param error what it must fail with; null when it must succeed
     */
    record Statement(
            SourcePlace place, String connection, String sql, int sqlLine, OptionalLong count, ExpectedError error)
            implements SltRecord {}

    /**
     * A query and the rows that it must give.
     *
     * @param connection the session that it runs in
     * @param sql its text
     * @param types a letter a column: T text, I integer, R real; others stand for any
     * @param sort the order that counts
     * @param label queries of one label must all give the same rows; null for none
     * @param results the expected lines; null where none are given
     * @param error what it must fail with; null when it must succeed
     * @param hashThreshold from so many values on the lines may be one with their MD5; 0 for never
     */
    record Query(
            SourcePlace place,
            String connection,
            String sql,
            String types,
            SortMode sort,
            String label,
            List<String> results,
            ExpectedError error,
            int hashThreshold)
            implements SltRecord {}

    /** A record of the format that is not run here. */
    record Refused(SourcePlace place, String what) implements SltRecord {}
}
