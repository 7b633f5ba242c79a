package io.millrace.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.math.BigDecimal;
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

        @Override
        void change(PrintWriter out, List<String> columns, String kind, JsonNode row) {
            String sign =
                    switch (kind) {
                        case "insert" -> "+ ";
                        case "delete" -> "- ";
                        default -> "~ ";
                    };
            List<String> cells =
                    columns.stream().map(column -> text(row.path(column))).toList();
            out.println(sign + String.join(" | ", cells));
        }
    },
    /** One JSON object a line. */
    JSON {
        @Override
        void print(PrintWriter out, List<String> columns, List<JsonNode> rows) {
            rows.forEach(out::println);
        }

        @Override
        void change(PrintWriter out, List<String> columns, String kind, JsonNode row) {
            ObjectNode marked = row.deepCopy();
            out.println(marked.put(CHANGE, kind));
        }
    },
    /** RFC 4180, with a header line. */
    CSV {
        @Override
        void print(PrintWriter out, List<String> columns, List<JsonNode> rows) {
            out.println(String.join(",", columns.stream().map(RowOutput::quoted).toList()));
            rows.forEach(row -> out.println(line(columns, row)));
        }

        @Override
        List<String> followed(List<String> columns) {
            List<String> withKind = new ArrayList<>(columns);
            withKind.add(CHANGE);
            return withKind;
        }

        @Override
        void change(PrintWriter out, List<String> columns, String kind, JsonNode row) {
            ObjectNode marked = row.deepCopy();
            out.println(line(columns, marked.put(CHANGE, kind)));
        }

        private String line(List<String> columns, JsonNode row) {
            return String.join(
                    ",",
                    columns.stream()
                            .map(column -> quoted(text(row.path(column))))
                            .toList());
        }
    };

    /** The column that says what happened to a row that is followed; rows that were there at the start have none. */
    private static final String CHANGE = "__change";

    abstract void print(PrintWriter out, List<String> columns, List<JsonNode> rows);

    /** The columns to print where changes follow. */
    List<String> followed(List<String> columns) {
        return columns;
    }

    /** Prints a row that came, changed or went. */
    abstract void change(PrintWriter out, List<String> columns, String kind, JsonNode row);

    static String text(JsonNode value) {
        if (value.isBigDecimal()) {
            BigDecimal number = value.decimalValue();
            // Only floating point has exponents, and only its large numbers would be longer without.
            return number.scale() < 0 ? number.toString() : number.toPlainString();
        }
        return value.isNull() || value.isMissingNode() ? "" : value.isValueNode() ? value.asText() : value.toString();
    }

    private static String quoted(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
