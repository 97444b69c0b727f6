# Run by the image of PostgreSQL when it starts with no data: a database for each service, and a user that may enter no other.
for service in users products orders payments inventory notifications; do
    password=$(cat "/run/secrets/postgres/$service-password")
    psql --quiet --set ON_ERROR_STOP=1 --set name="$service" --set password="$password" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name";
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
