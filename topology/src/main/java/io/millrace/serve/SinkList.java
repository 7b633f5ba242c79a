package io.millrace.serve;

import io.millrace.catalog.SqlType;
import io.millrace.row.RowJson;
import io.millrace.sink.SinkLag;
import io.millrace.sink.SinkState;
import java.util.List;
import java.util.Locale;

/** The sinks as {@code /v1/sinks} shows them. */
final class SinkList {
    private SinkList() {}

    static String json(List<SinkState> sinks) {
        StringBuilder out = new StringBuilder("{\"sinks\":[");
        for (SinkState sink : sinks) {
            out.append(out.charAt(out.length() - 1) == '[' ? "" : ",");
            append(out, sink);
        }
        return out.append("]}").toString();
    }

    private static void append(StringBuilder out, SinkState sink) {
        text(out.append("{\"name\":"), sink.name());
        text(out.append(",\"type\":"), sink.type());
        text(out.append(",\"source\":"), sink.source());
        text(out.append(",\"connector\":"), sink.connector());
        text(out.append(",\"state\":"), sink.state());
        out.append(",\"tasks\":").append(sink.tasks());
        text(out.append(",\"message\":"), sink.message().orElse(null));
        out.append(",\"lagRecords\":")
                .append(sink.lag().map(SinkLag::records).map(String::valueOf).orElse("null"));
        out.append(",\"lagRecordsAtLeast\":")
                .append(sink.lag().map(SinkLag::atLeast).map(String::valueOf).orElse("null"));
        out.append(",\"lagSeconds\":")
                .append(sink.lag()
                        .map(lag -> String.format(Locale.ROOT, "%.3f", lag.seconds()))
                        .orElse("null"));
        out.append(",\"breakerOpen\":").append(sink.breakerOpen()).append('}');
    }

    private static void text(StringBuilder out, String text) {
        RowJson.appendValue(out, SqlType.TEXT, text);
    }
}
