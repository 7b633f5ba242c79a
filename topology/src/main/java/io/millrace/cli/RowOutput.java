package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Ways to print rows. */
enum RowOutput {
    /** Aligned columns, as psql prints them. */
    TABLE {
        @Override
        void print(PrintWriter out, List<String> columns, List<JsonNode> rows) {
            List<List<String>> cells = new ArrayList<>();
            rows.forEach(row -> cells.add(
                    columns.stream().map(column -> text(row.path(column))).toList()));
            TextTable.print(out, columns, cells);
            out.println("(" + rows.size() + (rows.size() == 1 ? " row)" : " rows)"));
        }
    },
    /** One JSON object a line. */
    JSON {
        @Override
        void print(PrintWriter out, List<String> columns, List<JsonNode> rows) {
            rows.forEach(out::println);
        }
    },
    /** RFC 4180, with a header line. */
    CSV {
        @Override
        void print(PrintWriter out, List<String> columns, List<JsonNode> rows) {
            out.println(String.join(",", columns.stream().map(RowOutput::quoted).toList()));
            for (JsonNode row : rows) {
                out.println(String.join(
                        ",",
                        columns.stream()
                                .map(column -> quoted(text(row.path(column))))
                                .toList()));
            }
        }
    };

    abstract void print(PrintWriter out, List<String> columns, List<JsonNode> rows);

    static String text(JsonNode value) {
        return value.isNull() || value.isMissingNode() ? "" : value.isValueNode() ? value.asText() : value.toString();
    }

    private static String quoted(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
