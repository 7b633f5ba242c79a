package io.millrace.connectors.http;

import io.millrace.connectors.delivery.DeliveryFailure;
import io.millrace.connectors.delivery.DeliveryMetrics;
import io.millrace.connectors.delivery.FailureKind;
import io.millrace.connectors.delivery.Target;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.kafka.connect.errors.ConnectException;
import org.apache.kafka.connect.errors.DataException;
import org.apache.kafka.connect.sink.SinkRecord;

/** A server that takes records by HTTP. Thread-safe. */
final class HttpTarget implements Target<Message> {
    private static final String SIGNATURE_ALGORITHM = "HmacSHA256";

    private final HttpSinkConfig config;
    private final HttpClient client;
    private final URI url;
    /** What messages call the server: the rest of the address may be secret. */
    private final String server;

    private final Map<String, String> headers;
    private final Duration timeout;
    private final SecretKeySpec secret;
    private final boolean batches;
    private final Progress progress;
    private final DeliveryMetrics metrics;
    private final AtomicLong sent = new AtomicLong();

    HttpTarget(HttpSinkConfig config, Progress progress, DeliveryMetrics metrics) {
        this.config = config;
        this.url = config.url();
        this.server = url.getScheme() + "://" + url.getHost() + (url.getPort() < 0 ? "" : ":" + url.getPort());
        this.headers = config.headers();
        this.timeout = config.duration(HttpSinkConfig.REQUEST_TIMEOUT);
        this.batches = config.getInt(HttpSinkConfig.BATCH_RECORDS) > 1;
        this.progress = progress;
        this.metrics = metrics;
        String signing = config.getPassword(HttpSinkConfig.SIGNATURE_SECRET).value();
        this.secret = signing.isEmpty()
                ? null
                : new SecretKeySpec(signing.getBytes(StandardCharsets.UTF_8), SIGNATURE_ALGORITHM);
        this.client = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(config.duration(HttpSinkConfig.CONNECT_TIMEOUT))
                .version(url.getScheme().equals("https") ? HttpClient.Version.HTTP_2 : HttpClient.Version.HTTP_1_1)
                .build();
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
        HttpResponse<String> answer = answer(request(messages));
        int status = answer.statusCode();
        if (status >= 200 && status < 300) {
            return;
        }
        String message = server + " answers " + status;
        if (status == 408 || status == 425 || status == 429 || status >= 500) {
            throw new RefusedForNow(message, null, retryAfter(answer));
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
        throw new DeliveryFailure(FailureKind.RECORD, message, new RefusedByServer(message, answer.body()));
    }

    private HttpRequest request(List<Message> messages) {
        String body = body(messages);
        HttpRequest.Builder request = HttpRequest.newBuilder(url)
                .timeout(timeout)
                .method(config.getString(HttpSinkConfig.METHOD), HttpRequest.BodyPublishers.ofString(body));
        headers.forEach(request::setHeader);
        request.setHeader(HttpSinkConfig.IDEMPOTENCY_HEADER, idempotencyKey(messages));
        if (secret != null) {
            request.setHeader(config.getString(HttpSinkConfig.SIGNATURE_HEADER), "sha256=" + signature(body));
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
                ? key + "-" + messages.get(messages.size() - 1).position().offset()
                : key;
    }

    private String signature(String body) {
        try {
            Mac mac = Mac.getInstance(SIGNATURE_ALGORITHM);
            mac.init(secret);
            return HexFormat.of().formatHex(mac.doFinal(body.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new ConnectException("this JVM does not sign", e);
        }
    }

    private HttpResponse<String> answer(HttpRequest request) throws DeliveryFailure {
        CompletableFuture<HttpResponse<String>> answer = client.sendAsync(request, ignored -> new AnswerText());
        try {
            // The client's own limit ends with the headers of the answer.
            return answer.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            throw new DeliveryFailure(FailureKind.TRANSIENT, "interrupted", e);
        } catch (TimeoutException e) {
            answer.cancel(true);
            throw noAnswer(e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof HttpTimeoutException late && !(late instanceof HttpConnectTimeoutException)) {
                // The client's own limit, which is the same, was noticed first.
                throw noAnswer(late);
            }
            if (e.getCause() instanceof IOException failure) {
                String what = failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
                throw new DeliveryFailure(FailureKind.TRANSIENT, server + " cannot be reached: " + what, failure);
            }
            throw new ConnectException("the request to " + server + " could not be made", e.getCause());
        }
    }

    private RefusedForNow noAnswer(Exception timeoutPassed) {
        return new RefusedForNow(
                server + " does not answer within " + timeout.toMillis() + " ms", timeoutPassed, Duration.ZERO);
    }

    private Duration retryAfter(HttpResponse<String> answer) {
        return answer.headers()
                .firstValue("Retry-After")
                .map(header -> RetryAfter.parse(header, Instant.now(), config.duration(HttpSinkConfig.RETRY_AFTER_MAX)))
                .orElse(Duration.ZERO);
    }
}
