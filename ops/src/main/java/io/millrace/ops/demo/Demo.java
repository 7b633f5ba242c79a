package io.millrace.ops.demo;

import java.sql.SQLException;
import java.util.List;
import java.util.Map;

/** What happens on a development stack without a user's doing, so that there is something to see. */
public interface Demo extends AutoCloseable {
    /** How many changes it has made so far. */
    long changes();

    /** Waits with further changes, for whoever cannot keep up. */
    void pause();

    /** Goes on at the same rate; what a pause left out is not made up for. */
    void resume();

    @Override
    void close() throws SQLException;

    /** What is to be said each second beside what is said of every stack; empty for nothing. */
    default String report() {
        return "";
    }

    /** What to try, beside what every stack has: commands and addresses, a line each. */
    default List<String> suggestions() {
        return List.of();
    }

    /** What other commands are to find in the status file: objects by their names, with their members. */
    default Map<String, Map<String, String>> status() {
        return Map.of();
    }
}
