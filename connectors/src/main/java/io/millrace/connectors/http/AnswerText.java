package io.millrace.connectors.http;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow.Subscription;
import java.util.zip.CRC32C;

/** The beginning of an answer's body; the rest is read for its checksum, and so that the connection can be used again. */
final class AnswerText implements BodySubscriber<AnswerText.Content> {
    private final int maxBytes;
    private final CompletableFuture<Content> content = new CompletableFuture<>();
    private final ByteArrayOutputStream beginning = new ByteArrayOutputStream();
    private final CRC32C all = new CRC32C();

    /**
     * What an answer holds.
     *
     * @param text its beginning
     * @param checksum of all of it
     */
    record Content(String text, long checksum) {}

    AnswerText(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    @Override
    public CompletionStage<Content> getBody() {
        return content;
    }

    @Override
    public void onSubscribe(Subscription subscription) {
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> parts) {
        for (ByteBuffer part : parts) {
            all.update(part.duplicate());
            int taken = Math.min(part.remaining(), maxBytes - beginning.size());
            byte[] bytes = new byte[taken];
            part.get(bytes);
            beginning.write(bytes, 0, taken);
        }
    }

    @Override
    public void onError(Throwable failure) {
        content.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        content.complete(new Content(beginning.toString(StandardCharsets.UTF_8), all.getValue()));
    }
}
