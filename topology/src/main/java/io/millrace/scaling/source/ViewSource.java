package io.millrace.scaling.source;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.scaling.Sample;
import io.millrace.scaling.policy.MetricSource;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;

/** Rows of a view, as a pipeline answers them: one row of a key, or pages of rows. */
final class ViewSource implements Source {
    private static final int MOST_ROWS = 10_000;

    private final MetricSource.View source;
    private final JsonServer server;

    ViewSource(MetricSource.View source, JsonServer server) {
        this.source = source;
        this.server = server;
    }

    @Override
    public List<Sample> read(long timeMs) throws IOException, InterruptedException {
        JsonNode answer = server.get(address());
        if (answer.path("cursor").isTextual()) {
            throw new IOException("there are more than " + MOST_ROWS + " rows");
        }
        List<Sample> samples = new ArrayList<>();
        if (!answer.path("rows").isArray()) {
            add(samples, answer, timeMs);
            return samples;
        }
        if (source.instance().isEmpty() && answer.path("rows").size() > 1) {
            throw new IOException("there are " + answer.path("rows").size()
                    + " rows: write the key of one behind the view's name, or the column of the instance");
        }
        for (JsonNode row : answer.path("rows")) {
            add(samples, row, timeMs);
        }
        return samples;
    }

    /** A key may have spaces and the like; what is written as %20 already stays so. */
    private URI address() throws IOException {
        try {
            String path = new URI(null, null, "/v1/views/" + source.view(), null)
                    .toASCIIString()
                    .replaceAll("%25(?=[0-9A-Fa-f]{2})", "%");
            return new URI(source.url() + path + "?limit=" + MOST_ROWS);
        } catch (URISyntaxException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    private void add(List<Sample> samples, JsonNode row, long timeMs) throws IOException {
        JsonNode value = row.path(source.value());
        if (value.isMissingNode()) {
            throw new IOException("the view has no column " + source.value());
        }
        // NULL is no value; NaN and the infinities are written as texts.
        if (value.isNumber()) {
            String instance = source.instance().isEmpty()
                    ? ""
                    : row.path(source.instance()).asText();
            samples.add(new Sample(source.service(), instance, source.name(), value.doubleValue(), timeMs));
        }
    }
}
