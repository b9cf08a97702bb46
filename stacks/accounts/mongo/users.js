// Run once, when the volume is new: a user for each service, who may use its database and no other.
const passwords = {
  auth_db: process.env.MONGO_AUTH_PASSWORD,
  user_db: process.env.MONGO_USER_PASSWORD,
  celery_db: process.env.MONGO_CELERY_PASSWORD,
};
for (const [database, pwd] of Object.entries(passwords)) {
  if (!pwd) throw new Error(`no password for ${database}`);
  db.getSiblingDB(database).createUser({
    user: database.replace("_db", "_service"),
    pwd,
    roles: [{ role: "readWrite", db: database }],
  });
}
