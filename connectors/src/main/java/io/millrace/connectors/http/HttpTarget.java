package io.millrace.connectors.http;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.DeliveryMetrics;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.delivery.Progress;
import io.millrace.connectors.delivery.Target;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/** A server that takes records by HTTP. Thread-safe. */
final class HttpTarget implements Target<Message> {
    private final HttpSinkConfig config;
    private final URI url;
    private final Server server;

    private final Map<String, String> headers;
    private final Duration timeout;
    /** Null where there is no secret. */
    private final BodySignature signature;

    private final boolean batches;
    private final Progress progress;
    private final DeliveryMetrics metrics;
    private final AtomicLong sent = new AtomicLong();

    HttpTarget(HttpSinkConfig config, Progress progress, DeliveryMetrics metrics) {
        this.config = config;
        this.url = config.url();
        this.headers = config.headers();
        this.timeout = config.duration(HttpSinkConfig.REQUEST_TIMEOUT);
        this.batches = config.getInt(HttpSinkConfig.BATCH_RECORDS) > 1;
        this.progress = progress;
        this.metrics = metrics;
        String signing = config.getPassword(HttpSinkConfig.SIGNATURE_SECRET).value();
        this.signature = signing.isEmpty() ? null : new BodySignature(signing);
        this.server = new Server(
                url,
                Server.client(url, config.duration(HttpSinkConfig.CONNECT_TIMEOUT)),
                timeout,
                config.duration(HttpSinkConfig.RETRY_AFTER_MAX));
    }

    /** How many records were sent. */
    long sent() {
        return sent.get();
    }

    @Override
    public SinkRecord record(Message message) {
        return message.record();
    }

    @Override
    public DataException rejection(Message message) {
        return message.rejection();
    }

    @Override
    public void write(List<Message> batch) throws DeliveryFailure {
        List<Message> told =
                batch.stream().filter(message -> message.json() != null).toList();
        if (!told.isEmpty()) {
            send(told);
            sent.addAndGet(told.size());
        }
        batch.forEach(this::skip);
    }

    @Override
    public void skip(Message message) {
        progress.done(message.position());
        if (message.committedAtMicros() > 0) {
            metrics.delivered(message.committedAtMicros());
        }
    }

    @Override
    public void refresh() {
        // Nothing is known of a server.
    }

    private void send(List<Message> messages) throws DeliveryFailure {
        Answer answer = server.ask(request(messages));
        int status = answer.status();
        if (answer.isSuccess()) {
            return;
        }
        String message = answer.toString();
        if (answer.isForNow()) {
            throw answer.refusedForNow(message);
        }
        if (status < 400) {
            throw new DeliveryFailure(
                    FailureKind.TARGET,
                    message + ", and redirects are not followed: set " + HttpSinkConfig.URL + " to the new address",
                    null);
        }
        if (status == 401 || status == 407) {
            throw new DeliveryFailure(
                    FailureKind.TARGET,
                    message + ": set " + HttpSinkConfig.HEADER_PREFIX
                            + (status == 401 ? "Authorization" : "Proxy-Authorization"),
                    null);
        }
        throw new DeliveryFailure(FailureKind.RECORD, message, answer.refusal(message));
    }

    private HttpRequest request(List<Message> messages) {
        String body = body(messages);
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .timeout(timeout)
                .method(config.getString(HttpSinkConfig.METHOD), HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(request::setHeader);
        request.setHeader(HttpSinkConfig.IDEMPOTENCY_HEADER, idempotencyKey(messages));
        if (signature != null) {
            request.setHeader(config.getString(HttpSinkConfig.SIGNATURE_HEADER), signature.of(body));
        }
        return request.build();
    }

    private String body(List<Message> messages) {
        if (!batches || messages.get(0).parked()) {
            return messages.get(0).json();
        }
        StringJoiner array = new StringJoiner(",", "[", "]");
        messages.forEach(message -> array.add(message.json()));
        return array.toString();
    }

    private String idempotencyKey(List<Message> messages) {
        Message first = messages.get(0);
        String key = first.idempotencyKey();
        return batches && !first.parked()
                ? key + "-" + messages.get(messages.size() - 1).source().offset()
                : key;
    }
}
