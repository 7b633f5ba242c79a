package io.millrace.ops.slt;

import io.millrace.catalog.SourcePlace;
import java.util.List;

/**
 * What came of a test file. Immutable.
 *
 * @param file the file
 * @param checks how many statements, queries and comparisons of views there were
 * @param differences what is wrong
 * @param unsupported what was not tested since the engine, or this runner, does not have it
 * @param millis how long it took
 */
record FileReport(String file, int checks, List<Finding> differences, List<Finding> unsupported, long millis) {
    /**
     * Something that a person should look at.
     *
     * @param place where in the test
     * @param message what is so
     * @param lines the details, a diff or PostgreSQL's message
     */
    record Finding(SourcePlace place, String message, List<String> lines) {
        Finding {
            lines = List.copyOf(lines);
        }
    }

    FileReport {
        differences = List.copyOf(differences);
        unsupported = List.copyOf(unsupported);
    }

    boolean failed() {
        return !differences.isEmpty();
    }
}
