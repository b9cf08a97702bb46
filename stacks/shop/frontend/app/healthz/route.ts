/** This process answers. Whether the back end does is the back end's own health check to say. */
export const GET = () => new Response("ok\n", { headers: { "Cache-Control": "no-store" } });
