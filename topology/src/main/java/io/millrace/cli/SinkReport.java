package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.sink.compare.RowDifference;
import java.io.PrintWriter;
import java.util.List;
import java.util.Optional;

/** What a sink's verification found, for people and for scripts. */
record SinkReport(String sink, SinkVerification.Outcome outcome, int limit) {
    private static final ObjectMapper JSON = new ObjectMapper();

    void print(PrintWriter out) {
        int differences = outcome.differences().size();
        if (differences == 0 && outcome.behind()) {
            out.println(sink + ": rows differed, and the sink has not applied what its topic held then; millrace lag "
                    + sink + " shows what waits");
            return;
        } else if (differences == 0 && outcome.more()) {
            out.println(sink + ": too many of its " + outcome.rows()
                    + " rows changed to compare all; verify it again when it has caught up");
            return;
        } else if (differences == 0) {
            out.println(sink + ": " + outcome.rows() + " rows, all equal to the source's" + looks());
            return;
        }
        out.println(sink + ": " + (outcome.more() ? "at least " : "") + differences + " of " + outcome.rows()
                + (differences == 1 ? " rows differs" : " rows differ") + " (- the source's, + the target's)");
        shown().forEach(difference -> {
            difference.source().ifPresent(row -> out.println("- " + object(row)));
            difference.target().ifPresent(row -> out.println("+ " + object(row)));
        });
        if (differences > limit) {
            out.println("... and " + (differences - limit) + " more");
        }
    }

    String json() {
        ObjectNode root = JSON.createObjectNode();
        root.put("sink", sink)
                .put("rows", outcome.rows())
                .put("equal", outcome.isEqual())
                .put("looks", outcome.looks())
                .put("differing", outcome.differences().size())
                .put("more", outcome.more())
                .put("behind", outcome.behind());
        ArrayNode differences = root.putArray("differences");
        shown().forEach(difference -> {
            ObjectNode node = differences.addObject();
            node.set("source", orNull(difference.source()));
            node.set("target", orNull(difference.target()));
        });
        return root.toString();
    }

    private String looks() {
        return outcome.looks() == 1 ? "" : " (changes flow; looked " + outcome.looks() + " times)";
    }

    private List<RowDifference> shown() {
        return outcome.differences().stream().limit(limit).toList();
    }

    private JsonNode orNull(Optional<List<String>> row) {
        return row.<JsonNode>map(this::object).orElse(JSON.nullNode());
    }

    /** Every value as PostgreSQL's text. */
    private ObjectNode object(List<String> row) {
        ObjectNode object = JSON.createObjectNode();
        for (int i = 0; i < row.size(); i++) {
            object.put(outcome.columns().get(i), row.get(i));
        }
        return object;
    }
}
