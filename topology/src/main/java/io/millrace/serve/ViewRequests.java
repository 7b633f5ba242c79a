package io.millrace.serve;

import io.millrace.catalog.UserError;
import io.millrace.row.Origin;
import io.millrace.row.Row;
import io.millrace.row.WeightedRow;
import io.millrace.runtime.NotReady;
import io.millrace.runtime.RowRange;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Fields;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers for rows of views, before all routing and servlets, since that is most of what such an answer costs. A key that
 * another instance holds is asked for there; a page is merged from the shares of all instances, or is not given.
 */
final class ViewRequests extends Handler.Wrapper {
    private static final Logger LOG = LoggerFactory.getLogger(ViewRequests.class);

    private final Supplier<Map<String, ServedView>> views;
    private final ViewStore store;
    private final Peers peers;
    private final ChangeFeeds feeds;
    private final Lifelines lifelines;

    ViewRequests(
            Supplier<Map<String, ServedView>> views,
            ViewStore store,
            Peers peers,
            ChangeFeeds feeds,
            Lifelines lifelines) {
        this.views = views;
        this.store = store;
        this.peers = peers;
        this.feeds = feeds;
        this.lifelines = lifelines;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        String path = request.getHttpURI().getPath();
        if (path.equals(Lifelines.PATH) && request.getHeaders().contains(Peers.PARTITIONS)) {
            lifelines.open(request, response, callback);
            return true;
        }
        if (!path.startsWith(ViewPath.FRONT)) {
            return super.handle(request, response, callback);
        }
        if (!HttpMethod.GET.is(request.getMethod()) && !HttpMethod.HEAD.is(request.getMethod())) {
            String detail = "views are read with GET, not " + request.getMethod();
            Answer.problem(new Problem(405, detail, Optional.empty())).send(request, response, callback);
            return true;
        }
        try {
            answer(request, ViewPath.parse(path), response, callback);
        } catch (UserError e) {
            Answer.problem(Problem.of(e)).send(request, response, callback);
        } catch (NotReady e) {
            Answer.problem(Problem.of(e)).send(request, response, callback);
        } catch (RuntimeException e) {
            LOG.error("{} failed", request.getHttpURI(), e);
            Answer.problem(Problem.bug()).send(request, response, callback);
        }
        return true;
    }

    private void answer(Request request, ViewPath path, Response response, Callback callback) throws NotReady {
        ServedView view = view(path.view(), request);
        if (path.changes()) {
            feeds.open(view, request, response, callback);
            return;
        }
        checkVersion(request, view);
        Fields query = request.getHttpURI().getQuery() == null
                ? Fields.EMPTY
                : Request.extractQueryParameters(request, StandardCharsets.UTF_8);
        RowParameters parameters = query.isEmpty() ? RowParameters.NONE : RowParameters.of(query);
        if (parameters.equals(RowParameters.NONE) && view.isWholeKey(path.key().size())) {
            lookUp(request, path, view, view.key(path.key()), response, callback);
        } else {
            page(request, path, view, query, response, callback);
        }
    }

    /** An instance that has switched to another version of a view must not be given rows of the old one. */
    private void checkVersion(Request request, ServedView view) throws NotReady {
        String asked = request.getHeaders().get(Peers.VERSION);
        if (asked != null && Integer.parseInt(asked) != store.version(view.view())) {
            throw NotReady.moving("view " + view.view().name() + " is being switched to another version");
        }
    }

    private ServedView view(String name, Request request) throws NotReady {
        Map<String, ServedView> served = views.get();
        ServedView view = served.get(name);
        if (view == null) {
            Long lag = store.building().get(name);
            if (lag != null) {
                throw NotReady.moving(
                        "view " + name + " is being built" + (lag < 0 ? "" : ": " + lag + " records are left to read"));
            }
            if (request.getHeaders().get(Peers.VERSION) != null) {
                throw NotReady.moving("view " + name + " is not served by this instance yet");
            }
            throw ViewServer.unknown(name, served);
        }
        return view;
    }

    private void lookUp(
            Request request, ViewPath path, ServedView view, Object[] key, Response response, Callback callback)
            throws NotReady {
        String ifNoneMatch = request.getHeaders().get(HttpHeader.IF_NONE_MATCH);
        Optional<WeightedRow> row;
        try {
            row = store.get(view.view(), Row.of(key));
        } catch (NotReady e) {
            if (e.owner().isEmpty() || request.getHeaders().get(Peers.PARTITIONS) != null) {
                throw e;
            }
            sendLater(
                    peers.lookUp(e.owner().get(), path, store.version(view.view()), ifNoneMatch, e.partition()),
                    request,
                    response,
                    callback);
            return;
        }
        if (row.isEmpty()) {
            Answer.problem(Problem.notFound("view " + path.view() + " has no row with key " + path.keyText()))
                    .cached(view.caching().missing(key))
                    .send(request, response, callback);
            return;
        }
        StringBuilder out = new StringBuilder(256);
        view.append(out, row.get());
        Answer.json(out)
                .cached(view.caching().row(row.get().row()))
                .at(position(view, row.get().row()))
                .tagged(ifNoneMatch)
                .send(request, response, callback);
    }

    /** Which change a row is of; null where that is not known. */
    private String position(ServedView view, Row row) {
        return store.origin(view.view(), row)
                .filter(origin -> !origin.equals(Origin.NONE))
                .map(origin -> origin.shard() + " " + origin.position())
                .orElse(null);
    }

    private void page(
            Request request, ViewPath path, ServedView view, Fields query, Response response, Callback callback)
            throws NotReady {
        RowParameters parameters = RowParameters.of(query);
        ServedOrder order = view.by(parameters.by());
        RowRange range = order.range(path.key(), parameters.from(), parameters.to());
        int limit = PageLimit.parse(query.getValue("limit"));
        String cursor = query.getValue("cursor");
        byte[] after = cursor == null ? null : afterCursor(cursor);
        String asked = request.getHeaders().get(Peers.PARTITIONS);
        Set<Integer> partitions = asked == null ? Set.of() : Peers.read(asked);
        ViewStore.Part part = store.scan(range, after, limit + 1, partitions);
        List<PageRow> own = written(view, part.entries());
        if (asked != null) {
            if (!part.elsewhere().isEmpty()) {
                throw NotReady.moving("partitions of view " + path.view() + " have just moved");
            }
            Answer.ok(PageRow.MEDIA_TYPE, PageRow.encode(own))
                    .cached(Caching.NO_STORE)
                    .send(request, response, callback);
            return;
        }
        Function<List<PageRow>, Answer> answer = rows -> PageRow.page(rows, limit)
                .cached(view.caching()
                        .page(
                                order.served(),
                                range.prefix(),
                                PageRow.tags(rows.subList(0, Math.min(rows.size(), limit)))))
                .tagged(request.getHeaders().get(HttpHeader.IF_NONE_MATCH));
        if (part.elsewhere().isEmpty()) {
            answer.apply(own).send(request, response, callback);
            return;
        }
        sendLater(
                merged(path, store.version(view.view()), parameters, part.elsewhere(), own, limit, cursor)
                        .thenApply(answer),
                request,
                response,
                callback);
    }

    private CompletableFuture<List<PageRow>> merged(
            ViewPath path,
            int version,
            RowParameters parameters,
            Map<String, Set<Integer>> elsewhere,
            List<PageRow> own,
            int limit,
            String cursor) {
        List<CompletableFuture<List<PageRow>>> shares = new ArrayList<>();
        elsewhere.forEach((owner, partitions) ->
                shares.add(peers.rows(owner, path, version, parameters, limit, cursor, partitions)));
        return CompletableFuture.allOf(shares.toArray(CompletableFuture[]::new)).thenApply(all -> {
            List<List<PageRow>> rows = new ArrayList<>(List.of(own));
            shares.forEach(share -> rows.add(share.join()));
            return PageRow.merge(rows, limit);
        });
    }

    private static List<PageRow> written(ServedView view, List<ViewStore.Entry> entries) {
        List<PageRow> rows = new ArrayList<>(entries.size());
        StringBuilder out = new StringBuilder(256);
        for (ViewStore.Entry entry : entries) {
            out.setLength(0);
            view.append(out, entry.row());
            rows.add(new PageRow(
                    entry.key(),
                    out.toString().getBytes(StandardCharsets.UTF_8),
                    view.caching().tagsOf(entry.row().row())));
        }
        return rows;
    }

    private static byte[] afterCursor(String cursor) {
        try {
            return Base64.getUrlDecoder().decode(cursor);
        } catch (IllegalArgumentException e) {
            throw UserError.of(
                    UserError.Category.USAGE, "the cursor is not one that a page gave", "begin again without a cursor");
        }
    }

    private static void sendLater(
            CompletableFuture<Answer> answer, Request request, Response response, Callback callback) {
        CompletableFuture<Void> unused =
                answer.exceptionally(ViewRequests::failed).thenAccept(each -> each.send(request, response, callback));
    }

    private static Answer failed(Throwable failure) {
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof NotReady notReady) {
            return Answer.problem(Problem.of(notReady));
        }
        LOG.error("asking other instances failed", cause);
        return Answer.problem(Problem.bug());
    }
}
